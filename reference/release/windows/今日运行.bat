@echo off
cd /d "%~dp0"
venv\Scripts\zhikong night --no-prefect --home home
if errorlevel 1 echo 运行未完成，请把以上内容发给维护人员。
pause
